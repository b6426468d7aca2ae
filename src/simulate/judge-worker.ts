/** What a thread runs that scans logs, and judges their rows. It loads what that takes, and not all of `logs`. */
import { serve } from '../logs/thread.ts';
import { PartJudge } from './part-judge.ts';

serve(new PartJudge());

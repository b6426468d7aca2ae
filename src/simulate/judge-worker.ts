/** What a thread runs that scans logs, and judges their rows. */
import { serve } from '../logs/index.ts';
import { PartJudge } from './part-judge.ts';

serve(new PartJudge());

/** What a thread runs that has nothing to do but to scan chunks. */
import { serve } from './thread.ts';

serve();

import { describe } from 'vitest';
import { endsBy } from '../cli/signals.ts';

describe('SIGTERM', () => endsBy('SIGTERM'));

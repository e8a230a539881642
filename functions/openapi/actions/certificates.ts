import type { Actions } from '../action.ts';

export const certificateActions: Actions = {};

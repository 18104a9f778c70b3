import type { InteractionContext } from '../interaction-context.ts';
import { keepStep } from '../interaction-result.ts';
import { joinResult, type JoinState } from './join-state.ts';

/** Keeps how far she has come, for her browser alone: the state names a person, and says in the end that it is she. */
export const keepJoinState = (context: InteractionContext, state: JoinState): Promise<void> =>
  keepStep(context, joinResult(context.services, context.server.tenant, context.interaction, state));

/** What the maker of an app answered to the plan, in US English: the words around the answers. */
import type { ChoiceId, ChoiceOf, QuestionId } from '../../applications/questions.ts';

const questions: Record<QuestionId, string> = {
  purpose: 'What it does with your data',
  sharing: 'Who else gets your data',
  selling: 'If your data is sold',
  kept: 'Where your data is kept',
  deletion: 'How your data is deleted',
  security: 'Tell them about a security problem',
};

const choices: { [Id in ChoiceId]: Record<ChoiceOf<Id>, string> } = {
  sharing: {
    nobody: 'Nobody',
    'if-agreed': 'Only those you agree to, each time',
    partners: 'Other companies too, as its privacy policy says',
  },
  selling: {
    never: 'It is never sold',
    'without-names': 'Sold only without names',
    sold: 'It may be sold',
  },
  deletion: {
    'in-the-app': 'You can delete it in the app',
    'on-request': 'They delete it when you ask',
    not: 'They keep it',
  },
};

export const statementsEn = {
  title: 'What the app’s maker says',
  why: 'These are the maker’s own answers. Your plan has read them, and does not vouch for them.',
  questions,
  choices,
};

/** The facts of an insurance card, as people read them. */

/** What the front of a card names besides the holder, the plan and the payer. */
export type FactName =
  | 'memberId'
  | 'group'
  | 'network'
  | 'division'
  | 'effective'
  | 'ends'
  | 'rxbin'
  | 'rxpcn'
  | 'rxgroup'
  | 'rxid'
  | 'rxiin'
  | 'issued';

export interface CardLogo {
  mediaType: string;
  base64: string;
  label: string;
}

export interface CardContact {
  name: string;
  /** telephone numbers, web addresses, a postal address */
  lines: string[];
}

export interface InsuranceCard {
  /** logical id of the Coverage */
  id: string;
  payer: string;
  plan?: string;
  holder: string;
  logo?: CardLogo;
  /** `#rrggbb`; they are decoration, and no text stands on them */
  colors: { background: string; highlight: string };
  facts: { name: FactName; value: string }[];
  costs: { name: string; value: string }[];
  /** of the back */
  notes: string[];
  contacts: CardContact[];
}

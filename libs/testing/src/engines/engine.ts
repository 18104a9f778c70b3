/** One tab of a real browser, with the few acts that a member has: the same for every engine. */
export interface Tab {
  open(url: string): Promise<void>;
  /** Types into a field that is empty. */
  fill(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** Two clicks on the same place, `pauseMs` apart, whatever the page does in between. */
  clickTwice(selector: string, pauseMs: number): Promise<void>;
  /** Clicks on what opens a popup. Only where the driver gives each window a tab of its own. */
  openPopup?(selector: string): Promise<Tab>;
  back(): Promise<void>;
  reload(): Promise<void>;
  url(): Promise<string>;
  /** the text of the page as it is shown */
  text(): Promise<string>;
  /** of a native control, or of a button that says so in `aria-checked` */
  isChecked(selector: string): Promise<boolean>;
  exists(selector: string): Promise<boolean>;
  /** @returns the value of an expression, for what only a script can read */
  evaluate(expression: string): Promise<unknown>;
  resize(width: number, height: number): Promise<void>;
  /** a PNG of what the window shows */
  screenshot(): Promise<Buffer>;
}

/** An expression for the page. */
export const checkedExpression = (selector: string): string =>
  `(({ checked, ariaChecked }) => checked === true || ariaChecked === 'true')(document.querySelector(${JSON.stringify(selector)}))`;

export interface BrowserEngine {
  /** with no cookies of an earlier tab */
  newTab(): Promise<Tab>;
  stop(): Promise<void>;
}

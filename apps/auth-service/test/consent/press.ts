import type { Locator } from 'playwright-core';

/** Presses a box of the consent page, and waits until it is shown as kept. */
export async function press(box: Locator): Promise<void> {
  const id = await box.getAttribute('id');
  const isChecked = (await box.getAttribute('aria-checked')) === 'true';
  const isOn = (await box.getAttribute('role')) === 'radio' || !isChecked;
  await box.click();
  await box.page().locator(`[id="${id}"][aria-checked=${isOn}]`).waitFor();
}

/** WebKit as Debian builds it: MiniBrowser of WebKitGTK, which WebKitWebDriver drives (WebDriver, W3C). */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../ports.ts';
import { waitUntil } from '../wait-until.ts';
import { type BrowserEngine, checkedExpression, type Tab } from './engine.ts';

const START_MS = 20_000;
/** Until a page that is being left is gone. */
const SETTLING_MS = 500;
/** The window has a bar above the page. */
const BAR_PIXELS = 100;

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

function caller(port: number): Call {
  return async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
}

class WebKitTab implements Tab {
  /** of the session */
  private readonly call: Call;

  constructor(call: Call) {
    this.call = call;
  }

  private async element(selector: string): Promise<string> {
    const found = await this.call('POST', '/element', { using: 'css selector', value: selector });
    return Object.values(found as Record<string, string>)[0] ?? '';
  }

  async open(url: string): Promise<void> {
    await this.call('POST', '/url', { url });
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.call('POST', `/element/${await this.element(selector)}/value`, { text });
  }

  async click(selector: string): Promise<void> {
    await this.call('POST', `/element/${await this.element(selector)}/click`, {});
  }

  async clickTwice(selector: string, pauseMs: number): Promise<void> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    await this.evaluate(`${element}.scrollIntoView({ block: 'center' })`);
    const { x, y } = (await this.evaluate(
      `(({ x, y, width, height }) => ({ x: Math.round(x + width / 2), y: Math.round(y + height / 2) }))(${element}.getBoundingClientRect())`,
    )) as { x: number; y: number };
    const press = [
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    const actions = [
      { type: 'pointerMove', duration: 0, origin: 'viewport', x, y },
      ...press,
      { type: 'pause', duration: pauseMs },
      ...press,
    ];
    const pointer = { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions };
    await this.call('POST', '/actions', { actions: [pointer] });
    await delay(SETTLING_MS);
  }

  async back(): Promise<void> {
    await this.call('POST', '/back', {});
  }

  async reload(): Promise<void> {
    await this.call('POST', '/refresh', {});
  }

  async url(): Promise<string> {
    return String(await this.call('GET', '/url'));
  }

  async text(): Promise<string> {
    return String(await this.evaluate("document.body?.innerText ?? ''"));
  }

  async isChecked(selector: string): Promise<boolean> {
    return (await this.evaluate(checkedExpression(selector))) === true;
  }

  async exists(selector: string): Promise<boolean> {
    return (await this.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`)) === true;
  }

  evaluate(expression: string): Promise<unknown> {
    return this.call('POST', '/execute/sync', { script: `return ${expression}`, args: [] });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.call('POST', '/window/rect', { x: 0, y: 0, width, height: height + BAR_PIXELS });
  }

  async screenshot(): Promise<Buffer> {
    return Buffer.from(String(await this.call('GET', '/screenshot')), 'base64');
  }
}

/** It is a group of its own, as the wrapper for the screen starts the driver, and the driver the browser. */
function stopGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid);
}

/** One session at a time: it has one window, and no cookies of an earlier one. */
class WebKitEngine implements BrowserEngine {
  private readonly call: Call;
  private readonly binary: string;
  private readonly wrapper: ChildProcess;
  private session: string | undefined = undefined;

  constructor(call: Call, binary: string, wrapper: ChildProcess) {
    this.call = call;
    this.binary = binary;
    this.wrapper = wrapper;
  }

  private async end(): Promise<void> {
    if (this.session !== undefined) await this.call('DELETE', `/session/${this.session}`);
    this.session = undefined;
  }

  async newTab(): Promise<Tab> {
    await this.end();
    const options = { binary: this.binary, args: ['--automation'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
    const created = (await this.call('POST', '/session', { capabilities })) as { sessionId: string };
    this.session = created.sessionId;
    const path = `/session/${created.sessionId}`;
    return new WebKitTab((method, rest, body) => this.call(method, `${path}${rest}`, body));
  }

  async stop(): Promise<void> {
    await this.end().catch(() => undefined);
    stopGroup(this.wrapper);
  }
}

/**
 * @param binary MiniBrowser
 * @throws Error when the browser does not start
 */
export async function startWebKit(driver: string, binary: string): Promise<BrowserEngine> {
  const port = await freePort();
  // As root, and where namespaces are not allowed, WebKit's own sandbox does not start.
  const settings = ['WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1', 'LIBGL_ALWAYS_SOFTWARE=1'];
  const screen = ['-a', '-s', '-screen 0 1400x1100x24'];
  const command = ['env', ...settings, driver, `--port=${port}`];
  const wrapper = spawn('xvfb-run', [...screen, ...command], { detached: true, stdio: 'ignore' });
  const call = caller(port);
  const isReady = () =>
    call('GET', '/status').then(
      () => true,
      () => false,
    );
  await waitUntil(isReady, { withinMs: START_MS, failure: () => 'WebKitWebDriver does not answer' });
  return new WebKitEngine(call, binary, wrapper);
}

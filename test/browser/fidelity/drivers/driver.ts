/** What the story asks of a browser. Each method resolves once the browser has done it. */

/** One tab of a real browser. */
export interface DriverTab {
  /** Goes to an address, as a link would, and waits for the page's `load` event. */
  navigate(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Starts reloads without waiting for any, as someone does who hits F5 again and again. */
  hitReload(times: number, everyMs: number): Promise<void>;
  back(): Promise<void>;
  /** The value of an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>;
  /** The page calls `window.open` on its own address, with a user's click behind it. */
  openCopy(): Promise<DriverTab>;
  /** Duplicate Tab in the tab's menu. */
  duplicate(): Promise<DriverTab>;
  /** Throws the tab's page away to save memory, while another tab is in front. */
  discard(): Promise<void>;
  /** Brings it to the front; a discarded one loads again. */
  activate(): Promise<void>;
  /** Puts another tab in front of it, in the same window. */
  hide(): Promise<void>;
  /** Its content process dies. */
  crash(): Promise<void>;
  /** The button that a crashed tab shows. */
  reloadCrashed(): Promise<void>;
  /** As the developer tools do it: the page is told that it is offline. */
  setOffline(offline: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Where a browser runs, if not where the test does. */
export interface DriverNetwork {
  readonly prefix: string[];
  /** The path of a socket that leads to a loopback port of the browser's. */
  letIn(port: number): Promise<string>;
}

/** A real browser with a profile of its own. */
export interface Driver {
  readonly name: 'Chromium' | 'Firefox';
  readonly version: string;
  /** A new tab, in a window of its own so that it is not hidden. */
  open(url: string): Promise<DriverTab>;
  /** Undo Close Tab. */
  reopenClosed(): Promise<DriverTab>;
  /** Forbids an origin's pages every kind of storage, for good. */
  blockStorage(origin: string): Promise<void>;
  /** Writes down what a session restore would bring back, where the browser can be asked to. */
  saveSession(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts again after a kill, with the session restored; the tabs whose address begins so. */
  restore(urlPrefix: string): Promise<DriverTab[]>;
  stop(): Promise<void>;
}

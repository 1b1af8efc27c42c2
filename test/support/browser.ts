import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { aptInstall } from "../../tools/setup/apt.ts";

/** A size of the page, in pixels. */
export const desktop = { width: 1280, height: 900 };
export const phone = { width: 375, height: 812 };

export interface Look {
  viewport?: { width: number; height: number };
  colorScheme?: "light" | "dark";
}

/** Debian's Chromium, with nothing of an earlier run, on loopback only. */
export class Browser {
  private readonly context: BrowserContext;
  private readonly profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.profile = profile;
  }

  /** Installs it where it is missing. */
  static async start(): Promise<Browser> {
    await aptInstall({ chromium: "chromium" });
    const profile = await mkdtemp(path.join(tmpdir(), "handover-browser-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: "/usr/bin/chromium",
      headless: true,
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ],
    });
    return new Browser(context, profile);
  }

  async open(url: string, { viewport = desktop, colorScheme = "light" }: Look = {}): Promise<Page> {
    const page = await this.context.newPage();
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

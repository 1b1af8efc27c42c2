import { once } from "node:events";
import { request, type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { pause } from "../../../components/until.ts";

export interface Question {
  host: string;
  path?: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string;
  /** @default a connection of its own */
  agent?: Agent;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Asks the edge at this URL. */
export async function ask(url: string, question: Question): Promise<Answer> {
  const { host, path = "/", method = "GET", headers, body, agent } = question;
  const asked = request(url, { path, method, headers: { host, ...headers }, agent: agent ?? false }).end(
    body,
  );
  const [response] = await once(asked, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Asks one question after the other until it is told to stop. Its answers are statuses and bodies, or errors. */
export class Asking {
  readonly answers: string[] = [];
  private going = true;
  private readonly end: Promise<void>;

  constructor(url: string, question: Question) {
    this.end = this.run(url, question);
  }

  async stop(): Promise<string[]> {
    this.going = false;
    await this.end;
    return this.answers;
  }

  private async run(url: string, question: Question): Promise<void> {
    while (this.going) {
      const answer = await ask(url, question).catch((error: Error) => ({ status: 0, body: error.message }));
      this.answers.push(`${answer.status} ${answer.body}`);
      await pause(1);
    }
  }
}

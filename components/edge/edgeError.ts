/** An edge could not be reached, or refused something. Names the host that it runs on. */
export class EdgeError extends Error {
  readonly host: string;
  /** What is wrong, without the host. */
  readonly problem: string;

  constructor(host: string, problem: string, options?: ErrorOptions) {
    super(`edge on ${host}: ${problem}`, options);
    this.name = "EdgeError";
    this.host = host;
    this.problem = problem;
  }
}

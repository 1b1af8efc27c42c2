import os from "node:os";

/** The machine that something was measured on. */
export interface Machine {
  processor: string;
  cores: number;
  /** In GiB. */
  memory: number;
  kernel: string;
  node: string;
}

export function machine(): Machine {
  return {
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memory: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
  };
}

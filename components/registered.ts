/** A class of resources, such as `docker.Container`. */
type ResourceType<Args, Options, Made> = new (name: string, args: Args, opts?: Options) => Made;

/**
 * `new type(name, args, opts)`, without the stack traces that Pulumi's SDK takes meanwhile: one for every property of
 * the resource, which it prints only when it looks for promises that never end. With many resources they are half of a
 * program's time. For what there is one of for each host or replica.
 *
 * An error still says where it was thrown, as far as this call: what is slow is to say it seventy times for nothing.
 */
export function registered<Args, Options, Made>(
  type: ResourceType<Args, Options, Made>,
  name: string,
  args: Args,
  opts: Options,
): Made {
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS) return new type(name, args, opts);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new type(name, args, opts);
  } catch (error) {
    Error.stackTraceLimit = limit;
    if (error instanceof Error) Error.captureStackTrace(error, registered);
    throw error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

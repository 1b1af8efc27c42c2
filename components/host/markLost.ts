/** What to do about a host that does not answer any more. */
export function markLost(host: string): string {
  return `if the machine is gone, mark it lost: pulumi config set --path hosts.${host}.state lost`;
}

/**
 * What to do about a host that does not answer any more.
 * @param platform the stack whose it is, if that is another one
 */
export function markLost(host: string, platform?: string): string {
  const command = `pulumi config set --path hosts.${host}.state lost`;
  return platform === undefined
    ? `if the machine is gone, mark it lost: ${command}`
    : `if the machine is gone, mark it lost in its platform and update that: ${command} --stack ${platform}`;
}

/** The pages that an edge answers with itself. */
const pages: [status: number, title: string, text: string][] = [
  [400, "Bad request", "Your browser sent a request that could not be understood."],
  [403, "Forbidden", "You may not see this page."],
  [404, "Not found", "Nothing is served at this address."],
  [405, "Method not allowed", "This kind of request is not answered here."],
  [408, "Request timeout", "The request took too long to arrive."],
  [500, "Internal error", "Something went wrong. Please try again in a moment."],
  [502, "Bad gateway", "The service gave no proper answer. Please try again in a moment."],
  [503, "Service unavailable", "The service is not available. Please try again in a moment."],
  [504, "Gateway timeout", "The service took too long to answer. Please try again in a moment."],
];

/** For a `defaults` section. */
export const errorPages: string = pages
  .map(([status, title, text]) => {
    const retry = status === 503 ? " hdr retry-after 5" : "";
    return `  http-error status ${status}${retry} ${page(title, text)}`;
  })
  .join("\n");

/** What a service in maintenance answers, without its Retry-After. */
export const maintenancePage = page(
  "Under maintenance",
  "The service is being worked on, and will be back. Please try again later.",
);

function page(title: string, text: string): string {
  const html = [
    "<!doctype html>",
    '<html lang=\\"en\\">',
    '<meta charset=\\"utf-8\\">',
    '<meta name=\\"viewport\\" content=\\"width=device-width\\">',
    `<title>${title}</title>`,
    `<h1>${title}</h1>`,
    `<p>${text}</p>`,
  ].join("");
  return `content-type "text/html; charset=utf-8" hdr cache-control no-store string "${html}\\n"`;
}

interface Shell {
  title: string;
  /** What the page may load, as a Content-Security-Policy. */
  policy: string;
  style: string;
  /** Markup. */
  body: string;
}

/** A page that asks for nothing from anywhere. */
export const pageShell = ({ title, policy, style, body }: Shell): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;

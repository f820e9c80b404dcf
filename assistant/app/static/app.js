// What gradio does not do: open citations, show and close the side panel, scroll to the highlight.
// No dependency, no eval, no inline handler. Talks to gradio by two window events (page.py, _BRIDGE).
(() => {
  "use strict";
  const NARROW = window.matchMedia("(max-width: 899px)");
  const body = document.body;
  const root = document.documentElement;
  let lastChip = null; // where the focus returns to when the panel closes
  let wanted = null; // the provision asked for: its panel takes the focus when it arrives

  const $ = (selector, from = document) => from.querySelector(selector);
  const emit = (name, detail) => window.dispatchEvent(new CustomEvent(name, { detail }));

  // ---- light and dark: the system's choice until the user makes one
  const applyTheme = () => {
    let chosen = null;
    try { chosen = localStorage.getItem("troly-theme"); } catch { /* storage may be off */ }
    const dark = chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    body.classList.toggle("dark", dark);
    root.classList.toggle("dark", dark);
  };
  const toggleTheme = () => {
    try { localStorage.setItem("troly-theme", body.classList.contains("dark") ? "light" : "dark"); } catch { /* same */ }
    applyTheme();
  };

  // ---- the side panel: beside the chat, or a sheet over it on a phone
  const show = (view) => {
    body.dataset.panel = view;
    document.querySelectorAll(".tab[data-show]").forEach((tab) =>
      tab.setAttribute("aria-pressed", String(tab.dataset.show === view)));
  };
  const sheetOpen = () => body.classList.contains("sheet");
  const openSheet = () => {
    if (!NARROW.matches || sheetOpen()) return;
    body.classList.add("sheet");
    $("#chat")?.setAttribute("inert", "");
    $("#masthead")?.setAttribute("inert", "");
    history.pushState({ sheet: true }, ""); // the phone's back button closes the sheet
  };
  const closeSheet = (fromHistory) => {
    if (!sheetOpen()) return;
    body.classList.remove("sheet");
    $("#chat")?.removeAttribute("inert");
    $("#masthead")?.removeAttribute("inert");
    if (!fromHistory && history.state && history.state.sheet) history.back();
    refocus();
  };
  const refocus = () => {
    if (lastChip && lastChip.isConnected) lastChip.focus();
    lastChip = null;
  };
  window.addEventListener("popstate", () => closeSheet(true));
  NARROW.addEventListener("change", () => closeSheet(false));

  const markOpened = (link) => {
    document.querySelectorAll("[data-open].opened").forEach((other) => {
      other.classList.remove("opened");
      other.removeAttribute("aria-current");
    });
    if (link.dataset.cite) {
      link.classList.add("opened");
      link.setAttribute("aria-current", "true");
    }
  };
  const openSource = (link) => {
    const inPanel = link.closest("#panel");
    if (!inPanel) lastChip = link;
    markOpened(link);
    wanted = link.dataset.open;
    show("source");
    $("#source")?.setAttribute("aria-busy", "true");
    openSheet();
    emit("troly:open", {
      provision: link.dataset.open,
      turn: Number(link.dataset.turn) || 0,
      cite: Number(link.dataset.cite) || 0,
    });
  };

  // ---- bring the highlight into view whenever another source has arrived
  let linked = new URLSearchParams(location.search).has("provision"); // opened by a deep link
  const settleSource = () => {
    const article = $("#source .source, #source .panel-empty");
    const box = $("#source");
    if (!article || !box) return;
    const text = $(".doc-text", article);
    const goal = $("#doan-trich", article) || $("#don-vi", article);
    if (text && goal) {
      const top = goal.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop;
      text.scrollTop = Math.max(0, top - text.clientHeight / 4);
    }
    // gradio touches the panel before the answer is there; the old content must not take the focus.
    const arrived = wanted === article.dataset.source || article.matches(".panel-empty[data-answered]");
    if (wanted && arrived) {
      wanted = null;
      box.removeAttribute("aria-busy");
      const heading = $("h2", article);
      heading?.setAttribute("tabindex", "-1");
      heading?.focus({ preventScroll: true });
    }
    if (linked && article.dataset.answered !== undefined) {
      linked = false;
      show("source");
      openSheet();
      settleSource(); // only now does the text have a height to scroll in
    }
  };

  // ---- a new question scrolls to itself, and again when its answer has come: the first line is read first
  let settled = "";
  const settleLog = () => {
    const turns = document.querySelectorAll("#log .turn");
    const log = $("#log");
    const last = turns[turns.length - 1];
    const state = last ? `${last.dataset.turnNumber} ${last.classList.contains("pending")}` : "";
    if (!log || state === settled) return;
    settled = state;
    if (last) log.scrollTop = last.offsetTop - 12;
  };

  const watch = (selector, settle) => {
    const node = $(selector);
    if (!node) return false;
    let waiting = false;
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; settle(); });
    }).observe(node, { childList: true, subtree: true, characterData: true, attributes: true,
      attributeFilter: ["class", "data-source", "data-answered", "data-turn-number"] });
    settle();
    return true;
  };

  // ---- copying works on plain http in the office network too, where navigator.clipboard does not exist
  const copy = async (text, button) => {
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "sr";
      body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const before = button.dataset.words || button.textContent;
    button.dataset.words = before;
    button.textContent = done ? "Đã chép" : "Không chép được";
    setTimeout(() => { button.textContent = before; }, 1600);
  };

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (!at) return;
    const link = at.closest("[data-open]");
    if (link) {
      // A new tab or window opens the deep link instead.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      openSource(link);
      return;
    }
    const suggestion = at.closest("[data-ask]");
    if (suggestion) { emit("troly:ask", { question: suggestion.dataset.ask }); return; }
    const tab = at.closest("[data-show]");
    if (tab) {
      if (!tab.closest("#panel")) lastChip = tab;
      show(tab.dataset.show);
      openSheet();
      if (!tab.closest("#panel")) $(`#${tab.dataset.show} h2`)?.focus({ preventScroll: true });
      return;
    }
    if (at.closest("[data-close-panel]")) { closeSheet(false); return; }
    if (at.closest("[data-theme-toggle]")) { toggleTheme(); return; }
    const words = at.closest("[data-copy]");
    if (words) { copy(words.dataset.copy, words); return; }
    const place = at.closest("[data-copy-link]");
    if (place) copy(new URL(place.dataset.copyLink, location.href).href, place);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (sheetOpen()) closeSheet(false);
    else if (document.activeElement?.closest("#panel")) refocus();
  });

  // ---- gradio's own messages are English and built in; say the same in Vietnamese
  const WORDS = [
    [/connection.*(lost|errored)|reconnect/i, "Mất liên lạc với máy chủ. Đang thử nối lại…"],
    [/queue.*full/i, "Máy chủ đang bận. Xin thử lại sau ít phút."],
    [/./, "Có lỗi khi liên lạc với máy chủ. Xin thử lại."],
  ];
  const VIETNAMESE = /[ăâđêôơư\u1ea0-\u1ef9]/i;
  const translate = (node, words) => {
    if (node && !VIETNAMESE.test(node.textContent)) node.textContent = words;
  };
  const translateToasts = () => {
    document.querySelectorAll(".toast-body").forEach((toast) => {
      translate($(".toast-title", toast), "Thông báo");
      $(".toast-close", toast)?.setAttribute("aria-label", "Đóng");
      for (const message of $(".toast-messages", toast)?.children || []) {
        translate(message, WORDS.find(([pattern]) => pattern.test(message.textContent || "?"))[1]);
      }
    });
  };
  // gradio sets the language of its own words on <html>; ours are Vietnamese whatever the browser speaks.
  new MutationObserver(() => { if (root.lang !== "vi") root.lang = "vi"; })
    .observe(root, { attributes: true, attributeFilter: ["lang"] });

  // gradio builds the page after this script has run: wait for its parts, then let go.
  show("shelf");
  applyTheme();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  let logReady = false;
  let sourceReady = false;
  const arrival = new MutationObserver(() => {
    translateToasts();
    logReady = logReady || (Boolean($("#log .thread")) && watch("#log", settleLog));
    sourceReady = sourceReady || (Boolean($("#source h2")) && watch("#source", settleSource));
    if (logReady && sourceReady && $("#waiting")) {
      $("#waiting").remove();
      body.classList.add("ready");
      performance.mark("troly-ready");
      applyTheme();
    }
  });
  arrival.observe(body, { childList: true, subtree: true });
})();

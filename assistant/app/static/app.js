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

  window.troly = { $, emit }; // for the other scripts of the page

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

  // ---- the conversation: its random id lives in this browser alone and opens it again
  const CURRENT = "troly-conversation";
  const KNOWN = "troly-conversations";
  const stored = (key) => { try { return localStorage.getItem(key) || ""; } catch { return ""; } };
  const store = (key, value) => {
    try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch { /* off */ }
  };
  const known = () => {
    try { const ids = JSON.parse(stored(KNOWN) || "[]"); return Array.isArray(ids) ? ids : []; } catch { return []; }
  };
  Object.assign(window.troly, { known, current: () => stored(CURRENT) });
  const remember = (id) => {
    if (!id) return;
    store(CURRENT, id);
    store(KNOWN, JSON.stringify([id, ...known().filter((other) => other !== id)].slice(0, 50)));
  };
  const forget = (id) => {
    if (stored(CURRENT) === id) store(CURRENT, "");
    const left = known().filter((other) => other !== id);
    store(KNOWN, JSON.stringify(left));
    emit("troly:forget", { conversation: id, known: left });
  };
  const askTwice = (button) => { // deleting cannot be undone: the second press counts
    if (button.dataset.sure) return true;
    button.dataset.sure = "1";
    button.dataset.words = button.textContent;
    button.textContent = "Bấm lần nữa để xóa hẳn";
    setTimeout(() => { delete button.dataset.sure; button.textContent = button.dataset.words; }, 4000);
    return false;
  };
  const word = async (button) => {
    const before = button.textContent;
    button.disabled = true;
    try {
      const reply = await fetch("./api/v1/export/answer.docx", { method: "POST",
        headers: { "content-type": "application/json" }, body: JSON.stringify({ question: button.dataset.word }) });
      if (!reply.ok) throw new Error(String(reply.status));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await reply.blob());
      link.download = "tra-loi.docx";
      link.click();
      URL.revokeObjectURL(link.href);
    } catch { button.textContent = "Không tải được"; setTimeout(() => { button.textContent = before; }, 2500); }
    button.disabled = false;
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
  // Going elsewhere from the sheet: its entry in the browser's history goes first, which takes a moment.
  window.troly.leaveSheet = (then) => {
    if (!sheetOpen()) { then(); return; }
    const entry = Boolean(history.state && history.state.sheet);
    lastChip = null;
    closeSheet(false);
    if (entry) window.addEventListener("popstate", then, { once: true }); else then();
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
    const id = $("#log .thread")?.dataset.conversation;
    const changed = Boolean(id && id !== stored(CURRENT));
    if (changed) remember(id);
    const state = last ? `${last.dataset.turnNumber} ${last.classList.contains("pending")}` : "";
    if (!log || state === settled) return;
    settled = state;
    // The side bar counts the questions of a conversation: it is asked again after every answer.
    window.dispatchEvent(new CustomEvent("troly:settled", { detail: { changed: changed || !state.endsWith("true") } }));
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
    const again = at.closest("[data-resume]");
    if (again) {
      remember(again.dataset.resume);
      emit("troly:resume", { conversation: again.dataset.resume });
      closeSheet(false);
      return;
    }
    const gone = at.closest("[data-forget]");
    if (gone) { if (askTwice(gone)) forget(gone.dataset.forget); return; }
    if (at.closest("[data-new]")) { store(CURRENT, ""); return; }
    const file = at.closest("[data-word]");
    if (file) { word(file); return; }
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
  // The page is usable when the conversation left off is back; asking earlier would begin another one.
  let resumed = false;
  let asked = false;
  const resume = () => {
    if (asked || !window.trolyBridge) return;
    asked = true;
    emit("troly:resume", { conversation: stored(CURRENT) });
    setTimeout(() => { resumed = true; arrive(); }, 4000); // a history that does not answer keeps nobody out
  };
  window.addEventListener("troly:bridge", resume);
  const arrive = () => {
    translateToasts();
    logReady = logReady || (Boolean($("#log .thread")) && watch("#log", settleLog));
    sourceReady = sourceReady || (Boolean($("#source h2")) && watch("#source", settleSource));
    if (logReady && sourceReady) resume();
    resumed = resumed || Boolean($("#log .thread[data-resumed]"));
    if (logReady && sourceReady && resumed && $("#waiting")) {
      $("#waiting").remove();
      body.classList.add("ready");
      performance.mark("troly-ready");
      window.dispatchEvent(new CustomEvent("troly:ready"));
      applyTheme();
      settled = ""; // what was there before it could be seen is scrolled to now
      settleLog();
    }
  };
  const arrival = new MutationObserver(arrive);
  arrival.observe(body, { childList: true, subtree: true });
})();

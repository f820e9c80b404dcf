// The side bar of conversations, the day and documents a question is asked of, and votes on answers.
(() => {
  "use strict";
  const { $, emit, known, current } = window.troly;
  const body = document.body;
  const WIDE = window.matchMedia("(min-width: 1200px)");
  const RAIL = "troly-rail";

  // ---- the side bar: a column on a wide screen, else a drawer over the page
  const wish = () => { try { return localStorage.getItem(RAIL); } catch { return null; } };
  const railOpen = () => body.classList.contains("rail");
  const setRail = (open) => {
    body.classList.toggle("rail", open);
    document.querySelectorAll("[data-rail][aria-expanded]").forEach((button) =>
      button.setAttribute("aria-expanded", String(open)));
    const over = open && !WIDE.matches;
    for (const id of ["chat", "panel", "masthead"]) $(`#${id}`)?.toggleAttribute("inert", over);
  };
  const toggleRail = () => {
    const open = !railOpen();
    setRail(open);
    if (WIDE.matches) { try { localStorage.setItem(RAIL, open ? "open" : "closed"); } catch { /* off */ } }
    if (open) { refresh(); $("#rail h2")?.focus({ preventScroll: true }); } else $("#masthead [data-rail]")?.focus();
  };
  const settleRail = () => setRail(WIDE.matches && wish() !== "closed");
  WIDE.addEventListener("change", settleRail);

  let matching = "";
  const refresh = () => emit("troly:earlier", { known: known(), matching });
  const markCurrent = () => {
    document.querySelectorAll("#earlier [data-talk]").forEach((item) => {
      const here = item.dataset.talk === current();
      item.classList.toggle("here", here);
      const button = $("[data-resume]", item);
      if (here) button?.setAttribute("aria-current", "true"); else button?.removeAttribute("aria-current");
    });
  };
  window.addEventListener("troly:settled", (event) => { if (event.detail.changed) refresh(); else markCurrent(); });

  const rename = (button) => {
    const item = button.closest("[data-talk]");
    const title = $(".talk-title", item);
    const field = document.createElement("input");
    field.className = "field talk-name";
    field.value = title.textContent;
    field.maxLength = 80;
    field.setAttribute("aria-label", "Tên mới của hội thoại");
    const opener = $("[data-resume]", item);
    opener.hidden = true;
    item.prepend(field);
    field.focus();
    field.select();
    let done = false;
    const finish = (save) => {
      if (done) return;
      done = true;
      const name = field.value.trim();
      field.remove();
      opener.hidden = false;
      if (save && name !== title.textContent) {
        title.textContent = name || title.textContent;
        emit("troly:rename", { conversation: item.dataset.talk, name, known: known(), matching });
      }
      opener.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") { event.stopPropagation(); finish(false); }
    });
    field.addEventListener("blur", () => finish(true));
  };

  // ---- the two fields under the question; one hidden box takes them along with it
  const scope = () => ({ day: $("[data-scope=as_of]"), within: $("[data-scope=within]"), box: $("#chosen textarea, #chosen input") });
  const DAY = /^\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})\s*$/;
  const isDay = (text) => {
    const found = DAY.exec(text);
    if (!found) return false;
    const [day, month, year] = found.slice(1).map(Number);
    const date = new Date(Date.UTC(year, month - 1, day));
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  };
  const sendScope = () => {
    const { day, within, box } = scope();
    if (!day || !box) return;
    const typed = day.value.trim();
    const bad = typed !== "" && !isDay(typed);
    day.setAttribute("aria-invalid", String(bad));
    $("#scope-error").textContent = bad ? "Viết ngày dạng ngày/tháng/năm, ví dụ 01/07/2025." : "";
    box.value = typed || within.value ? JSON.stringify({ as_of: typed, within: within.value }) : "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    const used = Boolean(typed || within.value);
    $("#scope .scope").classList.toggle("used", used);
    $("[data-scope-clear]").hidden = !used;
  };

  // ---- votes
  const vote = (button) => {
    const at = button.closest("[data-vote-turn]");
    const turn = Number(at.dataset.voteTurn);
    if (button.dataset.vote === "up") { emit("troly:vote", { turn, verdict: "up" }); return; }
    const why = $(".vote-why", at);
    why.hidden = !why.hidden;
    button.setAttribute("aria-expanded", String(!why.hidden));
    if (!why.hidden) $("[data-reason]", why)?.focus();
  };
  const sendVote = (button) => {
    const at = button.closest("[data-vote-turn]");
    button.disabled = true;
    emit("troly:vote", { turn: Number(at.dataset.voteTurn), verdict: "down",
      reason: $("[data-reason][aria-pressed=true]", at)?.dataset.reason || "", comment: $("textarea", at).value });
  };

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    if (!at) return;
    const on = (selector, act) => { const hit = at.closest(selector); if (hit) act(hit); return Boolean(hit); };
    if (on("[data-rail]", toggleRail)) return;
    if (on("[data-rename]", rename)) return;
    if (on("[data-vote]", vote)) return;
    if (on("[data-vote-send]", sendVote)) return;
    if (on("[data-scope-clear]", () => {
      const { day, within } = scope();
      day.value = "";
      within.value = "";
      sendScope();
      day.focus();
    })) return;
    if (on("[data-reason]", (button) => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      button.closest(".suggests").querySelectorAll("[data-reason]").forEach((other) =>
        other.setAttribute("aria-pressed", String(other === button && pressed)));
    })) return;
    if (at.closest("[data-resume]") && !WIDE.matches) setRail(false);
    if (railOpen() && !WIDE.matches && !at.closest("#rail")) setRail(false);
  });
  let pause = 0;
  document.addEventListener("input", (event) => {
    const at = event.target;
    if (at.matches?.("[data-scope]")) sendScope();
    if (at.id === "rail-search") {
      matching = at.value.trim();
      clearTimeout(pause);
      pause = setTimeout(refresh, 150);
    }
  });
  document.addEventListener("change", (event) => { if (event.target.matches?.("[data-scope]")) sendScope(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && railOpen() && !WIDE.matches) toggleRail();
    // Enter in the day goes on to the question, as it does in a form.
    if (event.key === "Enter" && event.target.matches?.("[data-scope=as_of]")) $("#question textarea")?.focus();
  });
  window.addEventListener("troly:ready", () => { settleRail(); refresh(); });
  new MutationObserver(markCurrent).observe(body, { childList: true, subtree: true });
})();

// Kho: unlocking, sending files with progress, publishing or discarding them, the inbox. Plain requests.
(() => {
  "use strict";
  const { $ } = window.troly;
  const ROOT = "./quan-tri/";
  const page = () => $("#store");

  const show = async (message) => {
    const reply = await fetch(`${ROOT}trang`, { headers: { accept: "text/html" } });
    const frame = page();
    frame.innerHTML = await reply.text(); // made by store_page.py, where everything is escaped
    if (message) say(message);
  };
  const say = (words, bad) => {
    const line = $("#store-says");
    line.textContent = words;
    line.classList.toggle("bad", Boolean(bad));
  };
  const post = async (path, body) => {
    const reply = await fetch(ROOT + path, { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify(body || {}) });
    const data = await reply.json().catch(() => ({}));
    if (!reply.ok) throw new Error(data.detail || "Máy chủ không trả lời đúng; xin thử lại.");
    return data.message;
  };
  const busy = (button, words) => {
    button.disabled = true;
    button.dataset.words = button.textContent;
    button.textContent = words;
  };
  const act = async (button, path, body, words) => {
    busy(button, words);
    try { const message = await post(path, body); await show(message); $("#page-store h2")?.focus(); } catch (error) {
      say(error.message, true);
      button.disabled = false;
      button.textContent = button.dataset.words;
    }
  };
  const unlock = async () => {
    const field = $("[data-passphrase]");
    const button = $("[data-unlock]");
    button.disabled = true;
    try { await post("mo-khoa", { passphrase: field.value }); await show(); $("#page-store h2").focus(); } catch (error) {
      $("#unlock-error").textContent = error.message;
      field.setAttribute("aria-invalid", "true");
      field.select();
      button.disabled = false;
    }
  };
  const askTwice = (button) => {
    if (button.dataset.sure) return true;
    button.dataset.sure = "1";
    const before = button.textContent;
    button.textContent = "Bấm lần nữa để chắc chắn";
    setTimeout(() => { delete button.dataset.sure; if (!button.disabled) button.textContent = before; }, 4000);
    return false;
  };

  // ---- sending files: one after another, each with its own progress
  const sendOne = (file) => new Promise((resolve) => {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const state = document.createElement("span");
    name.textContent = file.name;
    bar.max = 100;
    bar.setAttribute("aria-label", `Đang gửi ${file.name}`);
    state.textContent = "đang gửi…";
    line.append(name, bar, state);
    $("[data-sending]").append(line);
    const request = new XMLHttpRequest();
    request.open("POST", `${ROOT}tep?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
    request.upload.onload = () => { bar.removeAttribute("value"); state.textContent = "đang đọc…"; };
    const finish = (words, bad) => { state.textContent = words; line.classList.toggle("bad", bad); bar.remove(); resolve(bad ? `${file.name}: ${words}` : ""); };
    request.onerror = () => finish("mất liên lạc với máy chủ", true);
    request.onload = () => {
      let data = {};
      try { data = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status === 200) finish("đã đọc xong", false); else finish(data.detail || "không gửi được", true);
    };
    request.send(file);
  });
  const send = async (files) => {
    const failed = [];
    for (const file of files) { const told = await sendOne(file); if (told) failed.push(told); }
    await show();
    say(failed.length ? failed.join(" · ") : "Đã đọc xong; xem báo cáo rồi đưa vào kho hoặc bỏ.", failed.length > 0);
  };

  document.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target.closest("#page-store button") : null;
    if (!at) return;
    const data = at.dataset;
    if ("unlock" in data) unlock();
    else if ("lock" in data) act(at, "khoa", {}, "Đang khóa…");
    else if ("publish" in data) act(at, "dua-vao", { id: data.publish }, "Đang đưa vào kho…");
    else if ("discard" in data) act(at, "bo", { id: data.discard }, "Đang bỏ…");
    else if ("remove" in data) { if (askTwice(at)) act(at, "go", { id: data.remove }, "Đang gỡ…"); }
    else if ("restore" in data) act(at, "lay-lai", { id: data.restore }, "Đang lấy lại…");
    else if ("settle" in data) {
      if (data.action !== "delete" || askTwice(at)) act(at, "gop-y", { id: data.settle, action: data.action }, "Đang ghi…");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-passphrase]")) unlock();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-files]") && event.target.files.length) send([...event.target.files]);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const box = event.target instanceof Element ? event.target.closest("[data-drop]") : null;
      if (!box) return;
      event.preventDefault();
      box.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) send([...event.dataTransfer.files]);
    });
  }
  window.addEventListener("troly:store", () => { show().catch(() => say("Mất liên lạc với máy chủ. Xin thử lại.", true)); });
})();

/* Sharing a page: by the device's own way where it has one, else the link is copied; without this script, by mail. */

const status = Object.assign(document.createElement("span"), { className: "visually-hidden" });
status.setAttribute("role", "status");
document.body.append(status);

async function share(link) {
  const { title, url, copiedWord } = link.dataset;
  if (navigator.share) {
    await navigator.share({ title, url }).catch((problem) => {
      if (problem.name !== "AbortError") location.href = link.href;
    });
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
    link.querySelector("[data-share-word]").textContent = copiedWord;
    status.textContent = copiedWord;
  } catch {
    location.href = link.href;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-share]");
  if (link && (navigator.share || navigator.clipboard)) {
    event.preventDefault();
    share(link);
  }
});

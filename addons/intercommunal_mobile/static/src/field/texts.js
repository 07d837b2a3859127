/** The page's words: English in the code, where the server writes the user's language
    in the place of what `_t` is given. */

const settings = self.intercommunalField;

/** Address of the screens that come later. */
export const LATER = settings.later;

/** Takes the style that a script brings. */
export function learn(brought) {
    const style = document.createElement("style");
    style.textContent = brought.style;
    document.head.append(style);
}

learn(settings);

export function _t(text, values = {}) {
    for (const [name, value] of Object.entries(values)) {
        text = text.replace(`%(${name})s`, value);
    }
    return text;
}

export const T = {
    today: _t("Today"),
    week: _t("The week"),
    noToday: _t("Nothing is planned today."),
    late: _t("Earlier"),
    returned: _t("To redo"),
    reserve: _t("Reserve to lift"),
    noJobs: _t("No job is planned for you."),
    noJobsYet: _t("Your jobs appear here once the network has answered once."),
    jobs: _t("My jobs"),
    wait: _t("One moment…"),
    leaves: _t("The report leaves in a few seconds."),
    moreTime: _t("More time"),
    noLater: _t("This screen is not on the phone yet: it comes with the network."),
    back: _t("Back"),
    questions: _t("Questions to you"),
    online: _t("Everything is sent"),
    offline: _t("No network"),
    undo: _t("Take it back"),
    period: _t("Period"),
    urgent: _t("Urgent"),
    found: _t("Job found on site"),
    places: _t("Places"),
    login: _t("Log in to send"),
    logIn: _t("Log in"),
    refresh: _t("Update the page"),
    states: {
        draft: _t("Draft on this phone"),
        queued: _t("On this phone, not sent yet"),
        sending: _t("Sending"),
        received: _t("Text received, photos on their way"),
        to_reconcile: _t("Received, the office will look at it"),
        needs_login: _t("On this phone: log in to send it"),
        refused: _t("Refused: correct it"),
        other_user: _t("Written by another person on this phone"),
        upgrade: _t("On this phone: update the page to send it"),
    },
};

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { uuid } from "@web/core/utils/strings";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

const REQUIRED = "*";
// core's parameters of each type of property; the others would be refused
const PARAMETERS = { selection: ["selection"], tags: ["tags"] };
const KEPT = ["name", "string", "type", "suffix", "view_in_cards"];

/**
 * The questions of a request type, as one line each: core edits properties only from
 * a record that answers them, which is no place to configure a form.
 *
 * A required question is one whose label ends with “*”, here a tick.
 */
export class IntercommunalQuestionsField extends Component {
    static template = "intercommunal_workflow.QuestionsField";
    static props = { ...standardFieldProps };

    /** @returns {Object[]} core's definitions of properties */
    get questions() {
        return this.props.record.data[this.props.name] || [];
    }

    get types() {
        return [
            ["char", _t("Text")],
            ["text", _t("Long text")],
            ["selection", _t("One choice")],
            ["tags", _t("Several choices")],
            ["boolean", _t("Yes or no")],
            ["integer", _t("Whole number")],
            ["float", _t("Number")],
            ["date", _t("Date")],
            ["datetime", _t("Date and time")],
        ];
    }

    /** @param {Object} question */
    typeLabel(question) {
        return this.types.find(([type]) => type === question.type)?.[1] || question.type;
    }

    /** @param {Object} question */
    label(question) {
        return (question.string || "").replace(/\s*\*$/, "");
    }

    /** @param {Object} question */
    isRequired(question) {
        return (question.string || "").endsWith(REQUIRED);
    }

    /** @param {Object} question */
    hasOptions(question) {
        return question.type in PARAMETERS;
    }

    /** @param {Object} question */
    options(question) {
        return (question[question.type] || []).map((option) => option[1]).join(", ");
    }

    /** @param {Object[]} questions */
    store(questions) {
        return this.props.record.update({ [this.props.name]: questions });
    }

    /**
     * @param {number} index
     * @param {Object} changes
     */
    change(index, changes) {
        return this.store(
            this.questions.map((each, at) => (at === index ? { ...each, ...changes } : each))
        );
    }

    add() {
        return this.store([...this.questions, { name: uuid(), string: "", type: "char" }]);
    }

    /** @param {number} index */
    remove(index) {
        return this.store(this.questions.filter((_question, at) => at !== index));
    }

    /**
     * @param {number} index
     * @param {number} step 1 or -1
     */
    move(index, step) {
        const questions = [...this.questions];
        const [question] = questions.splice(index, 1);
        questions.splice(index + step, 0, question);
        return this.store(questions);
    }

    /**
     * @param {number} index
     * @param {string} label
     * @param {boolean} required
     */
    onLabel(index, label, required) {
        const string = label.trim().replace(/\s*\*$/, "");
        return this.change(index, { string: required ? `${string} ${REQUIRED}` : string });
    }

    /**
     * Another type is another question: answers of the old one mean nothing to it.
     *
     * @param {number} index
     * @param {string} type
     */
    onType(index, type) {
        const old = this.questions[index];
        const kept = Object.fromEntries(
            KEPT.filter((key) => key in old).map((key) => [key, old[key]])
        );
        const question = { ...kept, name: uuid(), type };
        for (const key of PARAMETERS[type] || []) {
            question[key] = [];
        }
        return this.store(this.questions.map((each, at) => (at === index ? question : each)));
    }

    /**
     * Choices keep their key as long as their label stays, so that answers stay.
     *
     * @param {number} index
     * @param {string} typed labels with commas between
     */
    onOptions(index, typed) {
        const { type, ...question } = this.questions[index];
        const known = new Map((question[type] || []).map((option) => [option[1], option]));
        const labels = [...new Set(typed.split(",").map((label) => label.trim()))].filter(Boolean);
        const color = type === "tags" ? [0] : [];
        const options = labels.map((label) => known.get(label) || [uuid(), label, ...color]);
        return this.change(index, { [type]: options });
    }
}

export const intercommunalQuestionsField = {
    component: IntercommunalQuestionsField,
    displayName: _t("Questions"),
    supportedTypes: ["properties_definition"],
};

registry.category("fields").add("intercommunal_questions", intercommunalQuestionsField);

/** A promise of the sandbox that was broken; `input` is the smallest one that breaks it. */
export class Broken extends Error {
    name = 'Broken';
    input;
    constructor(message, input) {
        super(message);
        this.input = input;
    }
}
/** Throws `Broken` where a promise does not hold. */
export function must(holds, message, input = () => '') {
    if (!holds)
        throw new Broken(message, input());
}

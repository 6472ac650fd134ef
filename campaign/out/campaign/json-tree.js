export class Digits {
    text;
    constructor(text) {
        this.text = text;
    }
}
export class Pairs {
    list;
    constructor(list) {
        this.list = list;
    }
}
export const treeOf = (value) => {
    if (typeof value === 'number')
        return new Digits(String(value));
    if (Array.isArray(value))
        return value.map(treeOf);
    if (typeof value !== 'object' || value === null)
        return value;
    return new Pairs(Object.entries(value).map(([key, one]) => [key, treeOf(one)]));
};
export const write = (tree) => {
    if (tree instanceof Digits)
        return tree.text;
    if (Array.isArray(tree))
        return `[${tree.map(write).join(',')}]`;
    if (!(tree instanceof Pairs))
        return JSON.stringify(tree);
    return `{${tree.list.map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`).join(',')}}`;
};
export function places(tree, found = []) {
    if (Array.isArray(tree)) {
        for (const [index, value] of tree.entries()) {
            found.push({
                value,
                set: (other) => {
                    tree[index] = other;
                },
                repeat: () => void tree.push(value),
                remove: () => void tree.splice(index, 1),
                rename: () => void tree.reverse(),
            });
            places(value, found);
        }
    }
    else if (tree instanceof Pairs) {
        for (const pair of tree.list) {
            found.push({
                value: pair[1],
                set: (other) => {
                    pair[1] = other;
                },
                repeat: () => void tree.list.push([pair[0], pair[1]]),
                remove: () => void tree.list.splice(tree.list.indexOf(pair), 1),
                rename: (key) => {
                    pair[0] = key;
                },
            });
            places(pair[1], found);
        }
    }
    return found;
}
/** Arrays and objects in one another, so many deep. */
export const deep = (depth) => {
    let tree = [];
    for (let at = 0; at < depth; at += 1)
        tree = at % 2 === 0 ? [tree] : new Pairs([['a', tree]]);
    return tree;
};

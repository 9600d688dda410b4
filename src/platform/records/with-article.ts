/** A record of a type at the beginning of a sentence: `A policy`, `An item`. */
export const withArticle = (type: string): string => `${/^[aeiou]/.test(type) ? 'An' : 'A'} ${type}`;

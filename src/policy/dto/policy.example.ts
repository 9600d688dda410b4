/** Parts of a policy as the API's documentation shows them. */
export const policyExample = {
  parameters: {
    incomeLimit: {
      unit: 'percent of the poverty guideline',
      values: [{ from: '2025-10-01', value: 150, citation: '42 U.S.C. 8624(b)(2)(B)(i)' }],
    },
  },
  rules: {
    all: [
      { fact: 'incomePercentOfPoverty', op: 'lte', param: 'incomeLimit', label: 'Income within the limit' },
      { fact: 'paysForHeating', op: 'eq', value: true },
    ],
  },
};

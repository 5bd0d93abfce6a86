/** Plain exports, run in workers as `{ module, export }`. */

export const multiply = ({ data: [a, b] }) => a * b

export default function echo({ data }) {
  return data
}

export const version = 1

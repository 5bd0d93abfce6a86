/** The default theme, with the tables of what was measured. */
import DefaultTheme from 'vitepress/theme'
import Compared from './Compared.vue'
import Sizes from './Sizes.vue'
import './style.css'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Sizes', Sizes)
    app.component('Compared', Compared)
  },
}

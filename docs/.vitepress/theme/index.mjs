/** The default theme, with the tables of what was measured. */
import DefaultTheme from 'vitepress/theme'
import Compared from './Compared.vue'
import Sizes from './Sizes.vue'
import Speed from './Speed.vue'
import './style.css'

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Sizes', Sizes)
    app.component('Speed', Speed)
    app.component('Compared', Compared)
  },
}

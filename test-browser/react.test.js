/** The hooks of go-go-scope/react in a browser page, bundled by wtr.config.mjs. */
import '../build/react/suite-18.js'
import '../build/react/suite-19.js'

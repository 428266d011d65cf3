/* mantle-saml: started by `mantle serve`, never by hand. A program of its own so that the server has
 * neither the XML libraries nor their memory. */
#include "saml/saml.h"

int main(void)
{
    return saml_helper_main();
}

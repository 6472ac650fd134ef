import java.io.File;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;

/** Fails unless standard input is valid against the schema. Usage: java ValidateXml.java SCHEMA */
class ValidateXml {
  public static void main(String[] args) throws Exception {
    SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
        .newSchema(new File(args[0]))
        .newValidator()
        .validate(new StreamSource(System.in));
    System.out.println("valid");
  }
}

package dev.gabor.check;

import java.io.StringWriter;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes a report as JUnit XML, which CI services show: one test suite, one test a case. */
public final class JunitXml {
  private JunitXml() {}

  /** The document. */
  public static String of(CheckReport report) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement("testsuite");
      xml.writeAttribute("name", "gabor check on " + report.device());
      xml.writeAttribute("tests", Integer.toString(report.verdicts().size()));
      xml.writeAttribute("failures", Integer.toString(report.failures().size()));
      for (Verdict verdict : report.verdicts()) {
        write(verdict, xml);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string takes every document", e);
    }
    return text.toString();
  }

  private static void write(Verdict verdict, XMLStreamWriter xml) throws XMLStreamException {
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", "gabor.check." + verdict.line().operator());
    xml.writeAttribute("name", verdict.line().toString());
    if (!verdict.passed()) {
      xml.writeStartElement("failure");
      xml.writeAttribute("message", verdict.failure().orElse(""));
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }
}

/** The little of JUnit 5 that the page uses, and a runner, for machines without JUnit: each file by its path. */
export const junitStandIn: Readonly<Record<string, string>> = {
  'org/junit/jupiter/api/Test.java': annotation('Test'),
  'org/junit/jupiter/api/BeforeEach.java': annotation('BeforeEach'),
  'org/junit/jupiter/api/Assertions.java': `package org.junit.jupiter.api;
public class Assertions {
  public static void assertTrue(boolean value) {
    assertTrue(value, "expected true");
  }
  public static void assertTrue(boolean value, String message) {
    if (!value) throw new AssertionError(message);
  }
}
`,
  'RunTests.java': `import java.lang.reflect.Method;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
public class RunTests {
  public static void main(String[] args) throws Exception {
    Class<?> tests = Class.forName(args[0]);
    int passed = 0;
    for (Method test : tests.getDeclaredMethods()) {
      if (!test.isAnnotationPresent(Test.class)) continue;
      var constructor = tests.getDeclaredConstructor();
      constructor.setAccessible(true);
      Object instance = constructor.newInstance();
      for (Method before : tests.getDeclaredMethods()) {
        if (!before.isAnnotationPresent(BeforeEach.class)) continue;
        before.setAccessible(true);
        before.invoke(instance);
      }
      test.setAccessible(true);
      test.invoke(instance);
      passed += 1;
    }
    System.out.println(passed + " tests successful");
  }
}
`,
};

function annotation(name: string): string {
  return `package org.junit.jupiter.api;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
@Retention(RetentionPolicy.RUNTIME)
public @interface ${name} {}
`;
}

package dev.gabor.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gabor.opencl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines made of files. */
class AdviceTest {
  @TempDir private Path root;
  private Surroundings linux;

  @BeforeEach
  void machine() {
    linux = new Surroundings(Map.of(), "Linux", root);
  }

  @Test
  void findsNvidiaWithoutAnEntry() throws IOException {
    write("usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1", "");
    write("usr/lib/x86_64-linux-gnu/libOpenCL.so.1", "");
    Path library = root.resolve("usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1");
    assertThat(advice(linux, List.of(), device("NVIDIA Corporation")))
        .singleElement()
        .asString()
        .contains(
            "NVIDIA's OpenCL is at " + library,
            "echo " + library + " > /etc/OpenCL/vendors/nvidia.icd",
            "OCL_ICD_VENDORS=" + library);
    DriverFinding named =
        new DriverFinding(
            IcdEntry.of("nvidia.icd", "libnvidia-opencl.so.1"), List.of(), List.of(), false);
    assertThat(advice(linux, List.of(named), device("NVIDIA Corporation"))).isEmpty();
  }

  @Test
  void findsLibrariesAsTheLinkerDoes() throws IOException {
    write("opt/lib/libfoo.so.1", "");
    write("usr/lib64/libbar.so", "");
    write("path/libbaz.so", "");
    List<String> cache =
        List.of(
            "2 libs found in cache `/etc/ld.so.cache'",
            "\tlibfoo.so.1 (libc6) => /opt/lib32/libfoo.so.1",
            "\tlibfoo.so.1 (libc6,x86-64) => /opt/lib/libfoo.so.1");
    Surroundings machine =
        new Surroundings(Map.of("LD_LIBRARY_PATH", ":" + root.resolve("path")), "Linux", root);
    LibrarySearch search = new LibrarySearch(machine, cache);
    assertThat(search.find("libfoo.so.1")).contains(root.resolve("opt/lib/libfoo.so.1"));
    assertThat(search.find("libbar.so")).contains(root.resolve("usr/lib64/libbar.so"));
    assertThat(search.find("libbaz.so")).contains(root.resolve("path/libbaz.so"));
    assertThat(search.find("libfoo.so")).isEmpty();
    assertThat(search.find(root.resolve("path/libbaz.so").toString())).isPresent();
    assertThat(search.find("/no/such/lib.so")).isEmpty();
  }

  @Test
  void namesThePackagesOfEachSystem() throws IOException {
    assertThat(advice(linux, List.of()))
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains(
                        "libOpenCL.so.1, the OpenCL loader, is missing",
                        "Debian/Ubuntu: apt-get install ocl-icd-libopencl1",
                        "Fedora: dnf install ocl-icd",
                        "Arch: pacman -S ocl-icd"));
    write("etc/os-release", "NAME=Mint\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n");
    assertThat(advice(linux, List.of()))
        .anySatisfy(line -> assertThat(line).contains("apt-get install pocl-opencl-icd"))
        .noneSatisfy(line -> assertThat(line).contains("pacman"));
    Surroundings windows = new Surroundings(Map.of(), "Windows 11", root);
    assertThat(advice(windows, List.of()))
        .singleElement()
        .asString()
        .contains("Windows: Intel's \"OpenCL Runtime");
    Surroundings mac = new Surroundings(Map.of(), "Mac OS X", root);
    assertThat(advice(mac, List.of())).singleElement().asString().contains("brew install pocl");
  }

  @Test
  void seesGpusThatNoDriverShows() throws IOException {
    write("usr/lib/libOpenCL.so.1", "");
    write("etc/os-release", "ID=fedora\n");
    gpu("0000:01:00.0", "0x030000", "0x1002");
    gpu("0000:02:00.0", "0x020000", "0x10de");
    assertThat(Gpus.find(linux)).containsExactly(GpuVendor.AMD);
    assertThat(advice(linux, List.of(), device("Intel(R) Corporation")))
        .containsExactly(
            "a GPU of AMD is in this machine, but no driver shows it: Fedora: dnf install"
                + " rocm-opencl, or mesa-libOpenCL (run with RUSTICL_ENABLE=radeonsi)");
    assertThat(advice(linux, List.of(), device("Advanced Micro Devices, Inc."))).isEmpty();
  }

  @Test
  void knowsThatRusticlWantsToBeTold() throws IOException {
    write("usr/lib/libOpenCL.so.1", "");
    PlatformFinding idle = new PlatformFinding(0, "rusticl", "Mesa", "OpenCL 3.0", List.of());
    DriverFinding rusticl =
        new DriverFinding(IcdEntry.of("a.icd", "lib"), List.of(idle), List.of(), false);
    assertThat(advice(linux, List.of(rusticl), device("x")))
        .singleElement()
        .asString()
        .contains("RUSTICL_ENABLE");
    Surroundings told = new Surroundings(Map.of("RUSTICL_ENABLE", "iris"), "Linux", root);
    assertThat(advice(told, List.of(rusticl), device("x"))).isEmpty();
  }

  @Test
  void readsEntriesAsTheLoadersDo() throws IOException {
    write("etc/OpenCL/vendors/b.icd", "libb.so\n# more\n");
    write("etc/OpenCL/vendors/a.icd", "  liba.so  ");
    write("etc/OpenCL/vendors/notes.txt", "libc.so");
    assertThat(IcdEntries.find(linux))
        .extracting(IcdEntry::library)
        .containsExactly("liba.so", "libb.so");
    String folder = root.resolve("etc/OpenCL/vendors").toString();
    assertThat(entries("OCL_ICD_VENDORS", folder)).hasSize(2);
    assertThat(entries("OCL_ICD_VENDORS", folder + "/b.icd"))
        .extracting(IcdEntry::library)
        .containsExactly("libb.so");
    assertThat(entries("OCL_ICD_VENDORS", "libd.so"))
        .containsExactly(IcdEntry.of("OCL_ICD_VENDORS", "libd.so"));
    assertThat(entries("OCL_ICD_VENDORS", folder + "/none/").get(0).problem())
        .contains("there is no folder " + folder + "/none/");
    assertThat(entries("OCL_ICD_FILENAMES", "/x/e.so:f.so"))
        .extracting(IcdEntry::library)
        .containsExactly("/x/e.so", "f.so", "liba.so", "libb.so");
    assertThat(IcdEntries.find(new Surroundings(Map.of(), "Windows 11", root))).isEmpty();
  }

  private List<IcdEntry> entries(String variable, String value) {
    return IcdEntries.find(new Surroundings(Map.of(variable, value), "Linux", root));
  }

  private static List<String> advice(
      Surroundings machine, List<DriverFinding> drivers, DeviceFinding... devices) {
    return Advice.on(machine, new LibrarySearch(machine, List.of()), drivers, List.of(devices));
  }

  private static DeviceFinding device(String vendor) {
    Device device =
        new Device(
            0,
            0,
            "a device",
            vendor,
            "platform",
            "OpenCL 3.0",
            "1",
            "OpenCL 3.0",
            Device.Type.GPU,
            1,
            1,
            false,
            1,
            1,
            1,
            1,
            1,
            1,
            Set.of());
    return new DeviceFinding(device, List.of(), Optional.empty());
  }

  private void gpu(String address, String kind, String vendor) throws IOException {
    write("sys/bus/pci/devices/" + address + "/class", kind + "\n");
    write("sys/bus/pci/devices/" + address + "/vendor", vendor + "\n");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}

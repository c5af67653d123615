using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>A program of this solution as it was built, in the same configuration as the tests.</summary>
internal sealed record BuiltProgram(string Folder, string Assembly)
{
    private const string ApiAssembly = "LifelongApi.Api.dll";

    /// <summary>The service: as it ships where <c>LIFELONG_TEST_SERVER</c> names the folder it was published to, else as it was built.</summary>
    public static BuiltProgram Api { get; } = Environment.GetEnvironmentVariable("LIFELONG_TEST_SERVER") is { Length: > 0 } folder ? new(folder, ApiAssembly) : Find("src/Api", ApiAssembly);

    /// <summary>The <c>lifelong</c> command.</summary>
    public static BuiltProgram Cli { get; } = Find("clients/Cli", "lifelong.dll");

    /// <summary>How to start it, with redirected output and nothing of this machine's configuration.</summary>
    public ProcessStartInfo StartInfo(string workingDirectory, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(DotnetPath())
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(Folder, Assembly));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(IsConfiguration).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_ENVIRONMENT"] = "Production";
        return start;
    }

    private static bool IsConfiguration(string name) =>
        name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ConnectionStrings__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Lifelong", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Logging__", StringComparison.OrdinalIgnoreCase);

    // The test runs from tests/EndToEnd.Tests/bin/<configuration>/<framework>; the programs lie beside it in the same shape.
    private static BuiltProgram Find(string project, string assembly)
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var framework = output.Name;
        var configuration = output.Parent!.Name;
        var root = output.Parent.Parent!.Parent!.Parent!.Parent!.FullName;
        var folder = Path.Combine(root, project, "bin", configuration, framework);
        return File.Exists(Path.Combine(folder, assembly))
            ? new BuiltProgram(folder, assembly)
            : throw new FileNotFoundException($"{project} is not built in {configuration}: {folder} has no {assembly}. Build the solution first.");
    }

    // The runtime's own folder is <dotnet>/shared/Microsoft.NETCore.App/<version>.
    private static string DotnetPath() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}

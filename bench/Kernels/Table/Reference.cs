using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace LifelongApi.Kernels.Table;

/// <summary>bench/reference: compiled where a compiler is found, started once a round. Its core is ours, as a child keeps the affinity.</summary>
internal sealed class Reference
{
    private readonly string? _program;

    private Reference(string? program, string? missing) => (_program, Missing) = (program, missing);

    /// <summary>Why there is none.</summary>
    public string? Missing { get; }

    /// <summary>Whether PyTorch answers.</summary>
    public static bool HasTorch { get; } = Start("/usr/bin/python3", "-c", "import torch") is { Code: 0 };

    /// <summary>Compiles into a scratch folder.</summary>
    /// <param name="folder">The folder.</param>
    public static Reference Build(string folder)
    {
        var program = Path.Combine(folder, "reference");
        var built = Start("make", "-s", "-C", Source(), $"OUT={program}");
        return built.Code == 0
            ? new Reference(program, null)
            : new Reference(null, $"bench/reference does not compile here (make, g++ or another CXX, AVX2 and FMA): {built.Errors.Trim().Split('\n')[0]}");
    }

    /// <summary>Events per second and the mean loss of the first pass.</summary>
    public (double Rate, double Loss) Events(string name, string workload, double seconds)
    {
        var words = Words(_program!, name, workload, Text(seconds));
        return (Number(words[2]), Number(words[4]));
    }

    /// <summary>The same of PyTorch; its loss is the mean of the first 200 examples.</summary>
    public static (double Rate, double Loss) Torch(string name, string workload, double seconds)
    {
        var words = Words("/usr/bin/python3", Path.Combine(Source(), "torch_steps.py"), name, workload, Text(seconds));
        return (Number(words[2]), Number(words[4]));
    }

    /// <summary>Multiply-adds per second.</summary>
    public double Peak(double seconds) => Number(Words(_program!, "peak", Text(seconds))[2]);

    /// <summary>Bytes per second of a pass that reads, and of one that reads and writes.</summary>
    public (double Read, double Update) Bandwidth(long bytes, double seconds)
    {
        var words = Words(_program!, "bandwidth", bytes.ToString(CultureInfo.InvariantCulture), Text(seconds));
        return (Number(words[5]), Number(words[7]));
    }

    private static string Source([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(path, "..", "..", "..", "reference"));

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string[] Words(string program, params string[] arguments)
    {
        var (code, output, errors) = Start(program, arguments);
        return code == 0 ? output.Trim().Split(' ') : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {errors}");
    }

    private static (int Code, string Output, string Errors) Start(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.Result);
        }
        catch (Win32Exception problem)
        {
            return (-1, string.Empty, problem.Message);
        }
    }
}

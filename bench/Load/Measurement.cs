using LifelongApi.Kernels.Table;

namespace LifelongApi.Load;

/// <summary>What is measured at one time and gives one row or several.</summary>
/// <param name="Part">The part it belongs to; the measurements of a part share servers.</param>
/// <param name="Name">What it is called where it fails.</param>
/// <param name="RunAsync">Measures.</param>
internal sealed record Measurement(string Part, string Name, Func<LoadSession, Task<Row[]>> RunAsync);

using LifelongApi.Contracts.Journal;

namespace LifelongApi.Api.Bundles;

/// <summary>A bundle that is ready to be written.</summary>
/// <param name="FileName">A name for it.</param>
/// <param name="Position">Position of the model in it.</param>
/// <param name="WriteAsync">Writes it. A failure on the way leaves a file without its end, which nobody takes.</param>
internal sealed record BundleExport(string FileName, Position Position, Func<Stream, CancellationToken, Task> WriteAsync);

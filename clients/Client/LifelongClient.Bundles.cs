using System.Net.Http.Headers;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Client;

public sealed partial class LifelongClient
{
    /// <summary>Writes a model as one file: spec, state, live event ids, statistics and names, with checksums.</summary>
    /// <param name="model">The model.</param>
    /// <param name="target">Takes the bytes. What was written before a failure is no whole bundle and is refused by an import.</param>
    /// <param name="version">A stored version instead of the present position; null: the present.</param>
    /// <param name="withEncoder">Whether the file of the model's encoder goes along, where it has one. Without it the encoder has to be uploaded first where the bundle is imported.</param>
    /// <param name="withProbes">Whether the probe sets of the model's stream go along: rows of data.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>A task that ends when all is written.</returns>
    /// <exception cref="LifelongException">404: no such model or version.</exception>
    public Task ExportAsync(string model, Stream target, int? version = null, bool withEncoder = true, bool withProbes = true, CancellationToken cancellationToken = default) =>
        _transport.ReceiveAsync(AdminPath(model) + "/snapshots" + (version is { } number ? FormattableString.Invariant($"/{number}") : string.Empty) + $"/export?encoder={Word(withEncoder)}&probes={Word(withProbes)}", target, cancellationToken);

    /// <summary>Makes a new model from a file that <see cref="ExportAsync"/> wrote, anywhere. It goes on where the exported one stood.</summary>
    /// <param name="model">Name of the new model.</param>
    /// <param name="source">The file.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The new model.</returns>
    /// <exception cref="LifelongException">400: the file is damaged or not known; 409: the name is taken.</exception>
    public Task<ModelInfo> ImportAsync(string model, Stream source, CancellationToken cancellationToken = default) =>
        _transport.UploadAsync<ModelInfo>(AdminPath(model) + "/snapshots/import", source, new MediaTypeHeaderValue("application/vnd.lifelong.bundle"), cancellationToken);

    private static string Word(bool flag) => flag ? "true" : "false";

    /// <summary>What changed between two versions of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="from">The first version.</param>
    /// <param name="to">The second version.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Pages and slots that differ.</returns>
    /// <exception cref="LifelongException">404: no such model or version.</exception>
    public Task<SnapshotDiff> DiffAsync(string model, int from, int to, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<SnapshotDiff>(HttpMethod.Get, AdminPath(model) + FormattableString.Invariant($"/snapshots/{from}/diff/{to}"), null, Repeat.Always, cancellationToken);
}

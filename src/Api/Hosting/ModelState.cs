using LifelongApi.Contracts.Journal;
using LifelongApi.Learning;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.State;

namespace LifelongApi.Api.Hosting;

/// <summary>A model with what belongs to it alone: position and statistics.</summary>
internal sealed class ModelState(Model model, Position position, Prequential statistics) : IDisposable
{
    /// <summary>The model.</summary>
    public Model Model { get; } = model;

    /// <summary>Its statistics.</summary>
    public Prequential Statistics { get; } = statistics;

    /// <summary>Where it stands.</summary>
    public Position Position { get; set; } = position;

    /// <summary>Answers with a workspace that nobody else uses now.</summary>
    public void Predict(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, PredictionBuffer prediction, ReadOnlySpan<byte> entityRow = default)
    {
        var workspace = Model.RentWorkspace();
        try
        {
            Model.Predict(payload, nameHashes, workspace, prediction, entityRow);
        }
        finally
        {
            Model.ReturnWorkspace(workspace);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

/// <summary>A state, copied out at a position.</summary>
/// <param name="Image">The state.</param>
/// <param name="Position">Position it belongs to.</param>
/// <param name="Statistics">Prequential statistics at the position.</param>
/// <param name="Archive">What its entities left behind, of which the image has a copy.</param>
internal sealed record Capture(ModelImage Image, Position Position, byte[] Statistics, EntityArchive? Archive);

/// <summary>The hash of a state at a position.</summary>
internal sealed record HashAt(Position Position, string Hash);

/// <summary>The written form of a state hash.</summary>
internal static class StateHashText
{
    /// <summary><c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static string Of(ReadOnlySpan<byte> hash) => "sha256:" + Convert.ToHexStringLower(hash);
}

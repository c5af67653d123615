using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Onnx.Export;
using LifelongApi.Onnx.Files;

namespace LifelongApi.Api.Hosting;

/// <summary>Models in forms that others run.</summary>
internal sealed partial class ModelHost
{
    /// <inheritdoc/>
    public async Task<(byte[] File, string Position)> ExportOnnxAsync(string name, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        var capture = lease.Model.Capture();
        var position = capture.Position.ToString();
        var encoder = lease.Spec.Input.Encoder is { } spec ? OnnxFile.Read((await encoders.ReadAsync(spec, cancellation)).Bytes.Span) : null;
        try
        {
            // A copy, because writing takes longer than an event may wait.
            return await Task.Run(
                async () =>
                {
                    using var copy = Model.Open(lease.Spec, capture.Image);
                    var named = lease.Spec.Input.Kind == InputKind.Named ? await NameColumnsAsync(copy, lease, cancellation) : null;
                    var about = new Dictionary<string, string> { ["model"] = name, ["position"] = position, ["stateHash"] = StateHashText.Of(capture.Image.StateHash()) };
                    return (ModelExport.Write(copy, encoder, about, named), position);
                },
                cancellation);
        }
        catch (ExportRefusedException refused)
        {
            throw ProblemException.Conflict($"Model '{name}' cannot be exported: {refused.Message}");
        }
    }

    /// <summary>Texts are in the events only: the journal is read until every one that the model knows was seen.</summary>
    private async Task<NamedColumns> NameColumnsAsync(Model model, HostedLease lease, CancellationToken cancellation)
    {
        var named = new NamedColumns(model, [.. Enumerable.Range(0, lease.Host.Names.Hashes.Length).Select(lease.Names.Name)]);
        if (named.IsComplete || !lease.Host.IsJournalled)
        {
            return named;
        }

        await foreach (var stored in context.Store.Journal.ReadAsync(lease.Host.Stream.Id, lease.Model.Ancestry.Ranges(), cancellation))
        {
            if (!stored.Payload.IsEmpty && stored.Kind is EventKind.Learned or EventKind.Observed or EventKind.Predicted or EventKind.FedBack)
            {
                named.See(stored.Payload.Span);
            }

            if (named.IsComplete)
            {
                break;
            }
        }

        return named;
    }
}

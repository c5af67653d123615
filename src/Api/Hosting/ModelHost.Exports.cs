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
                () =>
                {
                    using var copy = Model.Open(lease.Spec, capture.Image);
                    var about = new Dictionary<string, string> { ["model"] = name, ["position"] = position, ["stateHash"] = StateHashText.Of(capture.Image.StateHash()) };
                    return (ModelExport.Write(copy, encoder, about), position);
                },
                cancellation);
        }
        catch (ExportRefusedException refused)
        {
            throw ProblemException.Conflict($"Model '{name}' cannot be exported: {refused.Message}");
        }
    }
}

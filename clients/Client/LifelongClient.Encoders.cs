using System.Net.Http.Headers;
using LifelongApi.Contracts.Admin;

namespace LifelongApi.Client;

public sealed partial class LifelongClient
{
    private const string EncodersPath = "/v1/admin/encoders";

    /// <summary>Uploads an ONNX file that models may stand behind; the same file under the same name again answers what is there.</summary>
    /// <param name="encoder">Its name.</param>
    /// <param name="onnx">The bytes of the file; must not change until the answer is there.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>What it wants and gives.</returns>
    /// <exception cref="LifelongException">400: it cannot serve as an encoder, with the reason; 409: name or file are taken; 413: it is too large.</exception>
    public Task<EncoderInfo> PutEncoderAsync(string encoder, ReadOnlyMemory<byte> onnx, CancellationToken cancellationToken = default) =>
        _transport.SendBytesAsync<EncoderInfo>(HttpMethod.Put, EncoderPath(encoder), onnx, new MediaTypeHeaderValue("application/octet-stream"), Repeat.Always, cancellationToken);

    /// <summary>Lists the encoders, without their inner tensors.</summary>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The encoders.</returns>
    public IAsyncEnumerable<EncoderInfo> ListEncodersAsync(CancellationToken cancellationToken = default) =>
        PagesAsync<EncoderInfo>(EncodersPath, cancellationToken);

    /// <summary>Shows an encoder with every tensor that can be learned from.</summary>
    /// <param name="encoder">Its name, or <c>sha256:…</c>.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The encoder.</returns>
    /// <exception cref="LifelongException">404: no such encoder.</exception>
    public Task<EncoderInfo> GetEncoderAsync(string encoder, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<EncoderInfo>(EncoderPath(encoder), cancellationToken);

    /// <summary>Deletes an encoder that no model stands behind.</summary>
    /// <param name="encoder">Its name, or <c>sha256:…</c>.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>When it is gone.</returns>
    /// <exception cref="LifelongException">404: no such encoder; 409: a model stands behind it.</exception>
    public Task DeleteEncoderAsync(string encoder, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<Nothing>(HttpMethod.Delete, EncoderPath(encoder), null, Repeat.WhenRefused, cancellationToken);

    /// <summary>Exports the forward pass of a model as it stands, encoder included, as one ONNX file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The file.</returns>
    /// <exception cref="LifelongException">404: no such model; 409: no fixed graph can say it, with the reason.</exception>
    public async Task<byte[]> ExportOnnxAsync(string model, CancellationToken cancellationToken = default)
    {
        using var file = new MemoryStream();
        await _transport.ReceiveAsync(AdminPath(model) + "/onnx", file, cancellationToken).ConfigureAwait(false);
        return file.ToArray();
    }

    private static string EncoderPath(string encoder)
    {
        ArgumentException.ThrowIfNullOrEmpty(encoder);
        return $"{EncodersPath}/{Uri.EscapeDataString(encoder)}";
    }
}

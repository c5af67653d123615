using System.Buffers.Binary;
using System.Text;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;

namespace LifelongApi.Onnx.Runtime;

/// <summary>Payloads with an encoder's output in them.</summary>
public static class Payloads
{
    /// <summary>Puts features into a payload.</summary>
    /// <param name="encoder">The complete spec of the encoder.</param>
    /// <param name="runtime">Name and version of the runtime.</param>
    /// <param name="received">The payload as received.</param>
    /// <param name="features">What the encoder made of it.</param>
    /// <returns>The payload for the journal.</returns>
    public static byte[] Encoded(EncoderSpec encoder, string runtime, ReadOnlySpan<byte> received, ReadOnlySpan<float> features)
    {
        var bytes = new byte[features.Length * sizeof(float)];
        for (var i = 0; i < features.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), features[i]);
        }

        var output = new EncodedFeatures
        {
            EncoderHash = Convert.FromHexString(encoder.Hash.AsSpan(EncoderSpec.HashPrefix.Length)),
            Tensor = Encoding.UTF8.GetBytes(encoder.Features!),
            Runtime = Encoding.UTF8.GetBytes(runtime),
            Bytes = bytes,
        };
        var builder = new PayloadBuilder();
        builder.Encoded(output, PayloadReader.Read(received), encoder.KeepInput ?? true);
        return builder.Written.ToArray();
    }
}
